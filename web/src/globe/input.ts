/** Pointer, wheel and keys of the globe. */
import type { GlobeController } from './controller.ts';
import type { Hit } from './overlay.ts';

export interface InputHandlers {
  onPick(hit: Hit | undefined): void;
  onHover(hit: Hit | undefined): void;
}

const REACH_PX = 18;

function nearest(hits: readonly Hit[], x: number, y: number): Hit | undefined {
  let best: Hit | undefined;
  let distance = REACH_PX;
  for (const hit of hits) {
    // A track wins over the sensor that it passes.
    const d = Math.hypot(hit.x - x, hit.y - y) - (hit.kind === 'track' ? 6 : 0);
    if (d < distance) {
      distance = d;
      best = hit;
    }
  }
  return best;
}

/** Listens on the globe's element; returns how to stop. */
export function attachInput(
  element: HTMLElement,
  globe: GlobeController,
  handlers: InputHandlers,
): () => void {
  const pointers = new Map<number, { x: number; y: number }>();
  let travelled = 0;
  let hovered: string | undefined;
  const at = (event: MouseEvent): { x: number; y: number } => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const spread = (): number => {
    const [a, b] = [...pointers.values()];
    return Math.hypot(a.x - b.x, a.y - b.y);
  };
  const abort = new AbortController();
  const on = <K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (event: HTMLElementEventMap[K]) => void,
    passive = true,
  ): void => element.addEventListener(type, listener as EventListener, { signal: abort.signal, passive });

  on('pointerdown', (event) => {
    if (event.target !== element && !(event.target instanceof HTMLCanvasElement)) return;
    element.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, at(event));
    if (pointers.size === 1) travelled = 0;
  });
  on('pointermove', (event) => {
    const here = at(event);
    const before = pointers.get(event.pointerId);
    if (!before) {
      const hit = nearest(globe.hits, here.x, here.y);
      if (hit?.id !== hovered) {
        hovered = hit?.id;
        element.style.cursor = hit ? 'pointer' : '';
        handlers.onHover(hit);
      }
      return;
    }
    if (pointers.size === 2) {
      const old = spread();
      pointers.set(event.pointerId, here);
      const [a, b] = [...pointers.values()];
      if (old > 0) globe.zoomBy(spread() / old, (a.x + b.x) / 2, (a.y + b.y) / 2);
      travelled = 99;
      return;
    }
    travelled += Math.hypot(here.x - before.x, here.y - before.y);
    if (travelled > 4) globe.drag(before.x, before.y, here.x, here.y);
    pointers.set(event.pointerId, here);
  });
  const release = (event: PointerEvent): void => {
    if (!pointers.delete(event.pointerId)) return;
    if (event.type === 'pointerup' && travelled <= 4 && pointers.size === 0) {
      const { x, y } = at(event);
      handlers.onPick(nearest(globe.hits, x, y));
    }
  };
  on('pointerup', release);
  on('pointercancel', release);
  on('pointerleave', () => {
    hovered = undefined;
    handlers.onHover(undefined);
  });
  on('dblclick', (event) => {
    if (event.target instanceof HTMLCanvasElement || event.target === element) globe.setMode('follow');
  });
  on(
    'wheel',
    (event) => {
      event.preventDefault();
      const { x, y } = at(event);
      globe.zoomBy(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.04 : 0.0016)), x, y);
    },
    false,
  );
  on(
    'keydown',
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const step = event.shiftKey ? 160 : 50;
      const moves: Record<string, [number, number]> = {
        ArrowLeft: [step, 0],
        ArrowRight: [-step, 0],
        ArrowUp: [0, step],
        ArrowDown: [0, -step],
      };
      const move = moves[event.key];
      if (!move || (event.target as HTMLElement) !== element) return;
      event.preventDefault();
      globe.turn(move[0], move[1]);
    },
    false,
  );
  return () => abort.abort();
}
