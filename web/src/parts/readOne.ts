/** Why there is nothing to be had of the files that somebody chose or dropped. */
export type Unusable = 'several' | 'tooLarge' | 'lost';

/** Reads the one file of these, of so many bytes at most. */
export async function readOne<T extends object>(files: FileList, most: number, read: (file: File) => Promise<T>): Promise<T | Unusable> {
  const [file, other] = files;
  if (other) return 'several';
  if (file && file.size > most) return 'tooLarge';
  return (file && (await read(file).catch(() => undefined))) ?? 'lost';
}
