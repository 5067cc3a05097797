/** How long a browser may take to begin with a download, in milliseconds. */
const LATER = 60_000;

/** Gives the person a file, as a download of this name. */
export function save(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, LATER);
}
