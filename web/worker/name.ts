/** The worker's file, beside the page: it serves what lies there and below. */
export const WORKER = 'worker.js';
