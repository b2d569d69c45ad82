import type { Component } from '../ports/ledger.ts';

/** Every component that keeps a journal, in the order of the data flow. */
export const COMPONENTS: readonly Component[] = ['screener', 'signal', 'risk', 'execution', 'control'];
