/** Brings the reader to a screen's heading when the screen appears. */
export function arrive(heading: HTMLElement): void {
  heading.focus({ preventScroll: true });
}
