/** Order by a key without a comparison function, which would make objects of the numbers it is handed. */

/** Sorts `keys[0..n)` and fills `order` with where each was before; equal keys stay in their order. Shell's method on both at once. */
export function sortKeys(n: number, keys: Float64Array, order: Int32Array): void {
  for (let i = 0; i < n; i++) order[i] = i;
  let gap = 1;
  while (gap < n / 9) gap = 3 * gap + 1;
  for (; gap > 0; gap = (gap - 1) / 3) {
    for (let i = gap; i < n; i++) {
      const key = keys[i];
      const number = order[i];
      let k = i;
      for (; k >= gap; k -= gap) {
        const before = keys[k - gap];
        if (before < key || (before === key && order[k - gap] < number)) break;
        keys[k] = before;
        order[k] = order[k - gap];
      }
      keys[k] = key;
      order[k] = number;
    }
  }
}
