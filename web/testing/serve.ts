/** The page with its mock feeds, for development: `npx tsx web/testing/serve.ts [PORT] [SECONDS_AFTER_LAUNCH]`. */
import { buildWeb } from '../../scripts/build-web.mjs';
import { LAUNCH_US } from './mock-feed.ts';
import { startMockServer } from './mock-server.ts';

const [port = '8485', after = '-20'] = process.argv.slice(2);
const { outDir } = await buildWeb();
const server = await startMockServer(outDir, {
  port: Number(port),
  startUs: LAUNCH_US + Number(after) * 1e6,
});
console.log(server.url);
