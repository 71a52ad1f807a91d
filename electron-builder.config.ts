import type { Configuration } from 'electron-builder';

export default {
  appId: 'app.firebreak.desktop',
  productName: 'Firebreak',
  copyright: 'Apache-2.0',
  // What stands in this folder is for the packager alone; everything else in resources/ is shipped.
  directories: { output: 'dist', buildResources: 'resources/icons/package' },
  files: [
    'out/{main,preload,renderer}/**',
    'resources/**',
    'package.json',
    'LICENSE',
    'NOTICE',
    '!**/*.map',
    '!resources/icons/package{,/**}',
    // The database brings its sources and a binary for every platform; one binary is needed.
    '!node_modules/better-sqlite3/{deps,src,binding.gyp}{,/**}',
    '!node_modules/node-addon-api{,/**}',
    '!node_modules/better-sqlite3/prebuilds/*.node',
    'node_modules/better-sqlite3/prebuilds/${platform}-${arch}.node',
  ],
  asar: true,
  asarUnpack: ['**/*.node'],
  npmRebuild: false,
  nodeGypRebuild: false,
  protocols: [{ name: 'Firebreak', schemes: ['firebreak'] }],
  electronFuses: {
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
  },
  linux: { target: ['AppImage'], category: 'Office', executableName: 'firebreak' },
  win: { target: ['nsis'] },
  mac: { target: ['dmg'], category: 'public.app-category.business' },
  // Nothing is sent anywhere by a build.
  publish: null,
} satisfies Configuration;
