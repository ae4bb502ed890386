/** Placing labels so that none covers another: each tries its sides in turn and stays away if none is free. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface LabelPlacer {
  /** The free place for a label of this size at a point, or undefined. Taken places stay taken. */
  place(x: number, y: number, width: number, height: number, gap: number, must?: boolean): Box | undefined;
  /** The place around a point, or close above or below it, if free. */
  centre(x: number, y: number, width: number, height: number): Box | undefined;
  block(box: Box): void;
}

export function createPlacer(width: number, height: number): LabelPlacer {
  const taken: Box[] = [];
  const free = (b: Box): boolean =>
    b.x >= 2 &&
    b.y >= 2 &&
    b.x + b.width <= width - 2 &&
    b.y + b.height <= height - 2 &&
    !taken.some(
      (t) => b.x < t.x + t.width && t.x < b.x + b.width && b.y < t.y + t.height && t.y < b.y + b.height,
    );
  return {
    place(x, y, w, h, gap, must = false) {
      // Close by first; a little further off before it is left out.
      const sides = [gap, gap * 2.2].flatMap((g): Box[] => [
        { x: x + g, y: y - h / 2, width: w, height: h },
        { x: x - g - w, y: y - h / 2, width: w, height: h },
        { x: x - w / 2, y: y + g, width: w, height: h },
        { x: x - w / 2, y: y - g - h, width: w, height: h },
        { x: x + g * 0.7, y: y + g * 0.7, width: w, height: h },
        { x: x - g * 0.7 - w, y: y + g * 0.7, width: w, height: h },
        { x: x + g * 0.7, y: y - g * 0.7 - h, width: w, height: h },
        { x: x - g * 0.7 - w, y: y - g * 0.7 - h, width: w, height: h },
      ]);
      const box = sides.find(free) ?? (must ? sides[0] : undefined);
      if (box) taken.push(box);
      return box;
    },
    centre(x, y, w, h) {
      const box = [0, 24, -24]
        .map((dy): Box => ({ x: x - w / 2, y: y - h / 2 + dy, width: w, height: h }))
        .find(free);
      if (box) taken.push(box);
      return box;
    },
    block: (box) => void taken.push(box),
  };
}
