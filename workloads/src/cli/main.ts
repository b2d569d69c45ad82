#!/usr/bin/env node
console.log('claire');
