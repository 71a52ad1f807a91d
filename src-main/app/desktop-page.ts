import { fileAnswer, refusalAnswer } from '../host/responses.ts';
import { createStaticFiles } from '../host/static-files.ts';

/** The page's files for the window: the very files, headers and refusals that a browser is given. */
export function createDesktopPage(rendererRoot: string) {
  const files = createStaticFiles(rendererRoot);
  return async (pathname: string) => {
    const file = await files.find(pathname);
    if (!file) return { status: 404, ...refusalAnswer('There is no such file.') };
    return { status: 200, ...fileAnswer(file, null) };
  };
}
