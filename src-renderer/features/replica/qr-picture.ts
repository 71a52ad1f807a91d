/**
 * The host's SVG as the address of a picture. A picture runs no script, loads nothing and reaches nothing of the page,
 * whatever is in it; as markup of the page it could. Null where it is no SVG of a fair size.
 */
export function qrPicture(svg: string): string | null {
  if (svg.length > 200_000 || !/^\s*(<\?xml[^>]*>\s*)?<svg[\s>]/.test(svg)) return null;
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
}
