export { describeEvent } from '../../src-renderer/features/timeline/describe-event.ts';
