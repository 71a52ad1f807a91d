import { app, type BrowserWindow } from 'electron';

export interface Attention {
  /** While something rings, the taskbar's button flashes or the dock's icon bounces until somebody looks. */
  update(ringing: number, window: BrowserWindow | null): void;
  /** Somebody looks at the window now. */
  seen(window: BrowserWindow | null): void;
}

export function createAttention(): Attention {
  let bounce = -1;
  let before = 0;

  function calm(window: BrowserWindow | null): void {
    if (bounce >= 0) app.dock?.cancelBounce(bounce);
    bounce = -1;
    window?.flashFrame(false);
  }

  return {
    update(ringing, window) {
      app.setBadgeCount(ringing);
      if (ringing === 0) calm(window);
      else if (ringing > before && !window?.isFocused()) {
        window?.flashFrame(true);
        bounce = app.dock?.bounce('critical') ?? -1;
      }
      before = ringing;
    },
    seen: calm,
  };
}
