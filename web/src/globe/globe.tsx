import { useEffect, useRef, useState } from 'preact/hooks';
import { useText } from '../i18n/index.tsx';
import { useTimeSource } from '../time/use-time.ts';
import { type CameraMode, GlobeController } from './controller.ts';
import { attachInput } from './input.ts';
import type { Hit } from './overlay.ts';
import type { Scene } from './scene.ts';
import { GlobeTools, Legend, SiteTip } from './tools.tsx';

export interface GlobeProps {
  scene: Scene;
  /** The situation in words, for those who do not see the map. */
  summary: string;
  allSensors: boolean;
  onAllSensors(on: boolean): void;
  onCoverage(on: boolean): void;
  truth: boolean;
  onTruth?: ((on: boolean) => void) | undefined;
  onPick(hit: Hit | undefined): void;
  onController(controller: GlobeController | undefined): void;
}

export function Globe(props: GlobeProps) {
  const { scene, summary, onController } = props;
  const { t } = useText();
  const time = useTimeSource();
  const host = useRef<HTMLDivElement>(null);
  const base = useRef<HTMLCanvasElement>(null);
  const situation = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const controller = useRef<GlobeController | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const [mode, setMode] = useState<CameraMode>('auto');
  const [hover, setHover] = useState<Hit | undefined>(undefined);

  useEffect(() => {
    const element = host.current;
    if (!element || !base.current || !situation.current || !overlay.current) return;
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const globe = new GlobeController(
      { base: base.current, situation: situation.current, overlay: overlay.current },
      time,
      calm,
    );
    controller.current = globe;
    globe.onMode = setMode;
    const resize = (): void => {
      const { width, height } = element.getBoundingClientRect();
      if (width < 10 || height < 10) return;
      const narrow = width < 560;
      globe.resize({ width, height }, devicePixelRatio, {
        top: narrow ? 56 : 60,
        right: narrow ? 56 : 120,
        bottom: narrow ? 60 : 56,
        left: narrow ? 40 : 90,
      });
    };
    const observer = new ResizeObserver(resize);
    observer.observe(element);
    resize();
    globe.setScene(latest.current.scene);
    const detach = attachInput(element, globe, {
      onPick: (hit) => latest.current.onPick(hit),
      onHover: setHover,
    });
    globe.start();
    onController(globe);
    // Canvas text does not wait for web fonts.
    const repaint = (): void => globe.repaint();
    document.fonts.addEventListener('loadingdone', repaint);
    return () => {
      document.fonts.removeEventListener('loadingdone', repaint);
      onController(undefined);
      detach();
      observer.disconnect();
      globe.stop();
    };
  }, [time, onController]);

  useEffect(() => {
    controller.current?.setScene(scene);
  }, [scene]);

  const site = hover?.kind === 'site' ? scene.sites.find((s) => s.id === hover.id) : undefined;
  return (
    <section class="globe" aria-label={t.globe.label}>
      <div
        ref={host}
        class="globe-canvas"
        role="application"
        aria-label={`${t.globe.label}. ${summary}`}
        aria-describedby="globe-keys"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the map is turned with the arrow keys
        tabIndex={0}
      >
        <canvas ref={base} />
        <canvas ref={situation} />
        <canvas ref={overlay} />
      </div>
      <p id="globe-keys" class="visually-hidden">
        {t.globe.keysHint}
      </p>
      <div class="globe-nation" data-nation={scene.nation}>
        <span class="swatch" aria-hidden="true" />
        {t.nationPicture[scene.nation]}
      </div>
      <GlobeTools
        mode={mode}
        onMode={(m) => controller.current?.setMode(m)}
        onZoom={(f) => controller.current?.zoomBy(f)}
        allSensors={props.allSensors}
        onAllSensors={props.onAllSensors}
        truth={props.truth}
        onTruth={props.onTruth}
        coverage={scene.showCoverage}
        onCoverage={props.onCoverage}
      />
      <Legend />
      {site && hover && <SiteTip site={site} x={hover.x} y={hover.y} />}
    </section>
  );
}
