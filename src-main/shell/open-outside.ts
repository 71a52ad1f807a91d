import { clipboard, dialog, shell } from 'electron';

const LONGEST_SHOWN = 2000;

/**
 * An address the page wanted a window for is a stranger's: it is shown in full, and only when somebody agrees is it
 * handed to the system's browser, and only over https. Anything but a web or mail address is not even offered.
 */
export async function openOutside(address: string): Promise<void> {
  if (!URL.canParse(address)) return;
  const url = new URL(address);
  const opens = url.protocol === 'https:' || url.protocol === 'mailto:';
  if ((!opens && url.protocol !== 'http:') || url.href.length > LONGEST_SHOWN) return;
  const buttons = [...(opens ? ['Open in the browser'] : []), 'Copy the address', 'Cancel'];
  const { response } = await dialog.showMessageBox({
    type: 'question',
    message: opens
      ? 'Open this address outside Firebreak?'
      : 'This address is not encrypted, so Firebreak does not open it.',
    detail: url.href,
    buttons,
    defaultId: buttons.length - 1,
    cancelId: buttons.length - 1,
    noLink: true,
  });
  if (buttons[response] === 'Copy the address') await clipboard.writeText(url.href);
  if (opens && response === 0) await shell.openExternal(url.href);
}
