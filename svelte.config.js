import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** Read by the build, svelte-check, ESLint and editors. */
export default { preprocess: vitePreprocess() };
