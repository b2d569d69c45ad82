import { open, rename, rm } from 'node:fs/promises';

/**
 * Make a whole file or none: `write` fills a temporary file beside it, which goes to the disk and then in its place.
 * @throws what `write` throws and the file system's errors; what stood there before stays
 */
export async function makeWholeFile<T>(path: string, write: (temporary: string) => Promise<T>): Promise<T> {
  const temporary = `${path}.${process.pid}.part`;
  try {
    const result = await write(temporary);
    const file = await open(temporary, 'r+');
    await file.sync().finally(() => file.close());
    await rename(temporary, path);
    return result;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
