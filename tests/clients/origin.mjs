// A page of this origin asks: what it sees, or why it sees nothing.
import './browser.mjs';
import { ask } from './app/src/ask.js';

const found = await ask('{ viewer { subject } }').catch((error) => error.message);
console.log(JSON.stringify(found));
