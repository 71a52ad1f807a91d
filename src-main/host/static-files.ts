import { constants } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

/** One file of the built page. */
export interface StaticFile {
  readonly bytes: Buffer;
  readonly contentType: string;
  readonly isPage: boolean;
  readonly cacheControl: string;
}

export interface StaticFiles {
  /** Null when there is no such file, or when it is not one of the page's. `pathname` as it came, still encoded. */
  find(pathname: string): Promise<StaticFile | null>;
}

/** A file of another type is not part of the page, whatever put it there. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wav': 'audio/wav',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
};

/** The bundler puts a hash of the content into these names. */
const HASHED = /^assets\/.+-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/;
const SEGMENT = /^[A-Za-z0-9_@~-][A-Za-z0-9._@~-]*$/;

export function createStaticFiles(root: string): StaticFiles {
  return {
    async find(pathname) {
      const path = relativePath(pathname);
      const contentType = path === null ? undefined : CONTENT_TYPES[extname(path)];
      if (path === null || contentType === undefined) return null;
      const bytes = await readInside(root, path);
      if (!bytes) return null;
      const isPage = path.endsWith('.html');
      return { bytes, contentType, isPage, cacheControl: cacheControlOf(path, isPage) };
    },
  };
}

/** Names are taken from a small alphabet, so no encoding, dot-folder, drive or backslash has to be thought of. */
function relativePath(pathname: string): string | null {
  if (pathname === '/') return 'index.html';
  const segments = pathname.slice(1).split('/');
  return segments.every((segment) => SEGMENT.test(segment)) ? segments.join('/') : null;
}

/** A link inside the folder may point anywhere; what it points to must lie inside as well. */
async function readInside(root: string, path: string): Promise<Buffer | null> {
  let file: FileHandle | null = null;
  try {
    const realRoot = await realpath(root);
    const real = await realpath(join(realRoot, path));
    if (!real.startsWith(realRoot + sep)) return null;
    file = await open(real, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    return (await file.stat()).isFile() ? await file.readFile() : null;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string' && ABSENT.has(cause.code)) {
      return null;
    }
    throw cause;
  } finally {
    await file?.close();
  }
}

const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'EISDIR', 'ENAMETOOLONG']);

function cacheControlOf(path: string, isPage: boolean): string {
  if (isPage) return 'no-store'; // its nonce is good for one response
  return HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache';
}
