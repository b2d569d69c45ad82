/** A TradingBot as Kubernetes objects. */
export { CRD_NAME, type CustomResourceDefinition, tradingBotCrd } from './crd/crd.ts';
