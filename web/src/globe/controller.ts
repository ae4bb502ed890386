/**
 * Drives the three layers of the globe and its camera. The base layer is painted when the camera moves (a
 * coarse map while it does), the situation layer when a picture comes, the overlay every frame.
 */
import type { ExerciseTime } from '../time/exercise-time.ts';
import { paintBasemap } from './basemap.ts';
import { blendViews, type Camera, clampView, createCamera, type Size, type View } from './camera.ts';
import { frame, homePoints, type Padding, type Point3, picturePoints, stillFits } from './framing.ts';
import { extrapolate } from './geometry.ts';
import { type Hit, paintOverlay } from './overlay.ts';
import type { Scene } from './scene.ts';
import { paintSituation } from './situation-layer.ts';

export interface Layers {
  base: HTMLCanvasElement;
  situation: HTMLCanvasElement;
  overlay: HTMLCanvasElement;
}

export type CameraMode = 'auto' | 'follow' | 'free';

/** Frame figures, for measurement: how many were drawn and the script time they took. */
export interface FrameMeter {
  frames: number;
  scriptMs: number;
  longestMs: number;
}

const MOVE_MS = 900;
const SETTLE_MS = 160;
/** Reduced motion: the overlay moves in steps of this length. */
const CALM_MS = 500;
/** Double pixels are enough to the eye; more only cost. */
const LARGEST_RATIO = 2;

export class GlobeController {
  readonly meter: FrameMeter = { frames: 0, scriptMs: 0, longestMs: 0 };
  onMode: (mode: CameraMode) => void = () => {};
  readonly #layers: Layers;
  readonly #contexts: Record<keyof Layers, CanvasRenderingContext2D>;
  readonly #time: ExerciseTime;
  readonly #calm: boolean;
  #scene: Scene | undefined;
  #size: Size = { width: 300, height: 200 };
  #ratio = 1;
  #padding: Padding = { top: 70, right: 70, bottom: 60, left: 70 };
  #view: View = { longitudeDeg: 138, latitudeDeg: 38, tiltDeg: 44, scalePx: 600 };
  #camera: Camera;
  #mode: CameraMode = 'auto';
  #move: { from: View; to: View; startMs: number } | undefined;
  #movedMs = -1e9;
  #dirtyBase = true;
  #coarse = false;
  #dirtySituation = true;
  #situationUs = 0;
  #overlayMs = 0;
  #hits: Hit[] = [];
  #framed = false;
  #request = 0;

  constructor(layers: Layers, time: ExerciseTime, calm: boolean) {
    this.#layers = layers;
    this.#time = time;
    this.#calm = calm;
    const context = (canvas: HTMLCanvasElement, alpha: boolean): CanvasRenderingContext2D => {
      const c = canvas.getContext('2d', { alpha });
      if (!c) throw new Error('no 2d canvas');
      return c;
    };
    this.#contexts = {
      base: context(layers.base, false),
      situation: context(layers.situation, true),
      overlay: context(layers.overlay, true),
    };
    this.#camera = createCamera(this.#view, this.#size);
  }

  get camera(): Camera {
    return this.#camera;
  }

  get hits(): readonly Hit[] {
    return this.#hits;
  }

  start(): void {
    const tick = (nowMs: number): void => {
      this.#request = requestAnimationFrame(tick);
      this.#frame(nowMs);
    };
    this.#request = requestAnimationFrame(tick);
  }

  stop(): void {
    cancelAnimationFrame(this.#request);
  }

  resize(size: Size, ratio: number, padding: Padding): void {
    this.#size = size;
    this.#padding = padding;
    this.#ratio = Math.min(LARGEST_RATIO, ratio);
    for (const canvas of Object.values(this.#layers) as HTMLCanvasElement[]) {
      canvas.width = Math.round(size.width * this.#ratio);
      canvas.height = Math.round(size.height * this.#ratio);
    }
    this.#framed = false;
    this.#setView(this.#view);
    this.#autoFrame();
  }

  setScene(scene: Scene): void {
    const before = this.#scene;
    this.#scene = scene;
    this.#dirtySituation = true;
    if (
      before?.maps !== scene.maps ||
      before?.language !== scene.language ||
      before?.fontFamily !== scene.fontFamily
    ) {
      this.#dirtyBase = true;
    }
    if (before?.nation !== scene.nation || before?.picture?.run !== scene.picture?.run) this.#framed = false;
    this.#autoFrame();
  }

  /** Fonts came or changed: everything with text is painted again. */
  repaint(): void {
    this.#dirtyBase = true;
    this.#dirtySituation = true;
    this.#overlayMs = 0;
  }

  setMode(mode: CameraMode): void {
    if (this.#mode !== mode) {
      this.#mode = mode;
      this.onMode(mode);
    }
    if (mode === 'auto') {
      this.#framed = false;
      this.#autoFrame();
    } else if (mode === 'follow') this.#follow(true);
  }

  zoomBy(factor: number, x = this.#size.width / 2, y = this.#size.height / 2): void {
    const before = this.#camera.invert(x, y);
    this.#takeOver();
    this.#setView({ ...this.#view, scalePx: this.#view.scalePx * factor });
    const after = this.#camera.invert(x, y);
    if (before && after) this.#shift(before, after);
  }

  /** Turns the globe so that the place under (x0, y0) comes to (x1, y1). */
  drag(x0: number, y0: number, x1: number, y1: number): void {
    this.#takeOver();
    const a = this.#camera.invert(x0, y0);
    const b = this.#camera.invert(x1, y1);
    if (a && b) this.#shift(a, b);
    else {
      const k = 57.3 / this.#view.scalePx;
      this.#setView({
        ...this.#view,
        longitudeDeg: this.#view.longitudeDeg - (x1 - x0) * k,
        latitudeDeg: this.#view.latitudeDeg + (y1 - y0) * k,
      });
    }
  }

  turn(dx: number, dy: number): void {
    this.drag(
      this.#size.width / 2,
      this.#size.height / 2,
      this.#size.width / 2 + dx,
      this.#size.height / 2 + dy,
    );
  }

  #shift(a: readonly [number, number], b: readonly [number, number]): void {
    const turn = ((((a[0] - b[0] + 180) % 360) + 360) % 360) - 180;
    this.#setView({
      ...this.#view,
      longitudeDeg: this.#view.longitudeDeg + Math.max(-40, Math.min(40, turn)),
      latitudeDeg: this.#view.latitudeDeg + Math.max(-40, Math.min(40, a[1] - b[1])),
    });
  }

  /** The person moves the view: from now on it is theirs. */
  #takeOver(): void {
    this.#move = undefined;
    if (this.#mode !== 'free') {
      this.#mode = 'free';
      this.onMode('free');
    }
  }

  #setView(view: View): void {
    this.#view = clampView(view, this.#size);
    this.#camera = createCamera(this.#view, this.#size);
    this.#dirtyBase = true;
    this.#dirtySituation = true;
    this.#overlayMs = 0;
    this.#movedMs = performance.now();
  }

  #goTo(view: View): void {
    if (this.#calm || !this.#framed) {
      this.#move = undefined;
      this.#setView(view);
      this.#movedMs = -1e9;
    } else this.#move = { from: this.#view, to: view, startMs: performance.now() };
    this.#framed = true;
  }

  #autoFrame(): void {
    const scene = this.#scene;
    if (!scene || this.#mode !== 'auto') return;
    let points: Point3[] = scene.picture ? picturePoints(scene.picture) : [];
    if (points.length === 0) points = homePoints(scene.nation);
    const wanted = frame(points, this.#size, this.#padding);
    const current = this.#move?.to ?? this.#view;
    if (this.#framed && stillFits(points, current, wanted, this.#size, this.#padding)) return;
    this.#goTo(wanted);
  }

  /** Keeps the followed track in the middle third; moves in calm steps, not with every picture. */
  #follow(now: boolean): void {
    const scene = this.#scene;
    const tracks = scene?.picture?.tracks ?? [];
    const track = tracks.find((t) => t.id === scene?.selectedTrack) ?? tracks[0];
    if (!track || this.#move) return;
    const { lon, lat, heightKm } = extrapolate(track, 0);
    const out = new Float64Array(2);
    this.#camera.project(lon, lat, heightKm, out);
    const { width, height } = this.#size;
    const outside = Math.abs(out[0] - width / 2) > width / 6 || Math.abs(out[1] - height / 2) > height / 6;
    if (!now && !outside) return;
    const scalePx = now ? Math.max(this.#view.scalePx, Math.min(width, height) * 2.4) : this.#view.scalePx;
    // The track itself in the middle, not the ground under it.
    const lift = (heightKm / 6371) * Math.sin((this.#view.tiltDeg * Math.PI) / 180) * 57.3;
    this.#framed = true;
    this.#goTo(clampView({ ...this.#view, longitudeDeg: lon, latitudeDeg: lat + lift, scalePx }, this.#size));
  }

  #frame(nowMs: number): void {
    const started = performance.now();
    const scene = this.#scene;
    if (!scene) return;
    if (this.#mode === 'follow') this.#follow(false);
    if (this.#move) {
      const t = Math.min(1, (nowMs - this.#move.startMs) / MOVE_MS);
      const eased = t < 0 ? 0 : t * t * (3 - 2 * t);
      const { from, to } = this.#move;
      if (t >= 1) this.#move = undefined;
      this.#setView(blendViews(from, to, eased));
    }
    const nowUs = this.#time.nowUs(nowMs) ?? scene.picture?.timeUs ?? 0;
    const settled = nowMs - this.#movedMs > SETTLE_MS;
    if (this.#coarse && settled) this.#dirtyBase = true;
    if (this.#dirtyBase) {
      this.#coarse = !settled && scene.maps?.near !== undefined;
      this.#prepare('base');
      paintBasemap(this.#contexts.base, this.#camera, scene.maps, { ...scene, moving: this.#coarse });
      this.#dirtyBase = false;
    }
    // Urgency colours change with time even when no picture comes.
    if (this.#dirtySituation || Math.abs(nowUs - this.#situationUs) > 5e6) {
      this.#prepare('situation');
      paintSituation(this.#contexts.situation, this.#camera, scene, nowUs);
      this.#situationUs = nowUs;
      this.#dirtySituation = false;
    }
    if (!this.#calm || nowMs - this.#overlayMs > CALM_MS) {
      this.#overlayMs = nowMs;
      this.#prepare('overlay');
      paintOverlay(this.#contexts.overlay, this.#camera, scene, nowUs, this.#ratio, this.#hits);
    }
    const took = performance.now() - started;
    this.meter.frames++;
    this.meter.scriptMs += took;
    this.meter.longestMs = Math.max(this.meter.longestMs, took);
  }

  #prepare(layer: keyof Layers): void {
    this.#contexts[layer].setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
  }
}
