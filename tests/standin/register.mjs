import { registerHooks } from 'node:module';

const standin = new URL('./electron.mjs', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' || specifier === 'electron/main'
      ? { url: standin, format: 'module', shortCircuit: true }
      : next(specifier, context),
});
