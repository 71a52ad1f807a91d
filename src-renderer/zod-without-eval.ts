import { z } from 'zod';

// Zod compiles schemas with `new Function` unless told not to, and our content security policy reports every attempt.
// It decides when a schema is built, so this module must be imported before any that builds one.
z.config({ jitless: true });
