interface Receiver {
  /** The part of the page that files may be dropped into. */
  part: () => HTMLElement | undefined;
  take: (files: FileList | undefined) => void;
  /** Nothing is taken now. */
  busy?: () => boolean;
}

/** Files that are dragged into the page. One that is dropped beside its part would be opened in the place of the page. */
export class Drops {
  /** Files are held over the part. */
  isOver = $state(false);
  readonly #receiver: Receiver;

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
  }

  readonly drag = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    const { part, busy } = this.#receiver;
    this.isOver = event.type === 'dragover' && !busy?.() && event.target instanceof Node && part()?.contains(event.target) === true;
    event.dataTransfer.dropEffect = this.isOver ? 'copy' : 'none';
  };

  readonly leave = ({ relatedTarget }: DragEvent): void => {
    if (!relatedTarget) this.isOver = false;
  };

  readonly drop = (event: DragEvent): void => {
    const wasOver = this.isOver;
    this.drag(event);
    if (wasOver) this.#receiver.take(event.dataTransfer?.files);
  };
}
