import { open, rename, rm } from 'node:fs/promises';

/**
 * Write a whole file or none: into a temporary file beside it, to the disk, then in its place.
 * @throws the file system's error; what stood there before stays
 */
export async function writeWholeFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.part`;
  try {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
