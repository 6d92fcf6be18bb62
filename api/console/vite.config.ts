import { svelte } from '@sveltejs/vite-plugin-svelte';
import { loadEnv } from 'vite';
import { defineConfig } from 'vitest/config';

// `npm run dev` serves the page with hot reload and hands every other address to a running `curbwatch serve`.
const API = loadEnv('', '.', 'CURBWATCH_').CURBWATCH_API ?? 'http://127.0.0.1:8000';
const ROUTES = ['/cases', '/kinds', '/cameras', '/views', '/events', '/me', '/login'];

export default defineConfig({
  plugins: [svelte()],
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: Object.fromEntries(ROUTES.map((route) => [route, API])) },
  test: { include: ['src/**/*.test.ts'] },
});
