// A stand-in for the `electron` module of the main process, for machines that cannot have the Electron binary.
// ../README.md lists what it cannot prove. What it lacks is an error at import, never a silent nothing.
export { app, protocol, session } from './app.mjs';
export { BrowserWindow, ipcMain, webContents } from './windows.mjs';
export {
  clipboard,
  dialog,
  Menu,
  MenuItem,
  nativeImage,
  nativeTheme,
  Notification,
  powerMonitor,
  safeStorage,
  screen,
  shell,
  Tray,
} from './surfaces.mjs';
