// Menus, dialogs and the rest of the desktop: they keep what they are given, so that a test can ask for it. Methods
// stand on the prototypes, where a test replaces them the same way in real Electron.
import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import { BrowserWindow } from './windows.mjs';

export class MenuItem {
  constructor({ submenu, click, ...rest }) {
    Object.assign(this, { enabled: true, visible: true, checked: false }, rest);
    if (submenu) this.submenu = submenu instanceof Menu ? submenu : Menu.buildFromTemplate(submenu);
    this.click = () => this.enabled && click?.(this, BrowserWindow.getFocusedWindow(), {});
  }
}

export class Menu {
  static #application = null;
  items = [];
  static buildFromTemplate(template) {
    const menu = new Menu();
    menu.items = template.map((item) => (item instanceof MenuItem ? item : new MenuItem(item)));
    return menu;
  }
  static setApplicationMenu(menu) {
    Menu.#application = menu;
  }
  static getApplicationMenu() {
    return Menu.#application;
  }
  getMenuItemById(id) {
    for (const item of this.items) {
      const found = item.id === id ? item : item.submenu?.getMenuItemById(id);
      if (found) return found;
    }
    return null;
  }
}

export const nativeImage = {
  createFromPath: (file) => ({ file, isEmpty: () => !existsSync(file) }),
};

/** A machine without a keychain: what it cannot protect, the host keeps by the file's mode. */
export const safeStorage = {
  isEncryptionAvailable: () => false,
};

export class Tray extends EventEmitter {
  #destroyed = false;
  constructor(image) {
    super();
    this.setImage(image);
  }
  setImage(image) {
    if (image.isEmpty()) throw new Error(`There is no image at ${image.file}`);
  }
  setToolTip() {}
  setContextMenu() {}
  destroy() {
    this.#destroyed = true;
  }
  isDestroyed() {
    return this.#destroyed;
  }
}

export class Notification extends EventEmitter {
  static isSupported = () => true;
  constructor(options) {
    super();
    Object.assign(this, options);
  }
  show() {
    this.emit('show', {});
  }
  close() {
    this.emit('close', {});
  }
}

export const dialog = {
  showOpenDialog: async () => ({ canceled: true, filePaths: [] }),
  showSaveDialog: async () => ({ canceled: true, filePath: '' }),
  showMessageBox: async () => ({ response: 0, checkboxChecked: false }),
  showErrorBox: (title, content) => process.stderr.write(`${title}: ${content}\n`),
};

export const shell = { openExternal: async () => {}, openPath: async () => '' };

let copied = '';
export const clipboard = { readText: () => copied, writeText: (text) => void (copied = text) };

export const nativeTheme = Object.assign(new EventEmitter(), { shouldUseDarkColors: false, themeSource: 'system' });
export const powerMonitor = new EventEmitter();

const area = { x: 0, y: 0, width: 1920, height: 1080 };
export const screen = Object.assign(new EventEmitter(), {
  getAllDisplays: () => [{ id: 1, bounds: area, workArea: area, scaleFactor: 1 }],
});
