// What an alarm does outside the page's own area: the tab's title and icon, and the desktop's notification.

const CALM = icon('%234b5560', '');
const ALARM = icon('%23b3261e', "<path d='M7 3h2v6H7zM7 11h2v2H7z' fill='%23fff'/>");

function icon(colour: string, mark: string): string {
  return `data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><rect width='16' height='16' rx='3' fill='${colour}'/>${mark || "<path d='M4 3h2v10H4zM7 3h5v2H7zM7 7h4v2H7z' fill='%23fff'/>"}</svg>`;
}

/** Sets the tab's title and icon. `title` is the view's own. */
export function showAttention(title: string, ringing: boolean): void {
  document.title = ringing ? `(!) Alarm — Firebreak` : title === '' ? 'Firebreak' : `${title} — Firebreak`;
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (link) link.href = ringing ? ALARM : CALM;
}

export type NotificationState = 'granted' | 'askable' | 'denied' | 'impossible';

/** On the desktop the program itself notifies, whether or not its window is open. */
export function notificationState(): NotificationState {
  if (window.firebreak !== undefined || typeof Notification === 'undefined') return 'impossible';
  return Notification.permission === 'default' ? 'askable' : Notification.permission;
}

/** Tells the desktop about an alarm, once per `tag`; a click on it runs `open`. */
export function notifyAlarm(what: string, tag: string, open: () => void): void {
  if (notificationState() !== 'granted') return;
  try {
    const notification = new Notification(`Alarm: ${what}`, { tag, requireInteraction: true });
    notification.onclick = () => {
      window.focus();
      open();
      notification.close();
    };
  } catch {
    // Some browsers only allow it from a service worker; the band, the sound and the title remain.
  }
}
