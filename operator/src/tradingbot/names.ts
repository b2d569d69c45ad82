/** Names the operator writes on objects and reads from them. */
export const DOMAIN = 'trading.claire.dev';

/** On every object of a bot: its UID. An object without it is not ours, whatever its name. */
export const UID_LABEL = `${DOMAIN}/bot-uid`;
/** On every object of a bot: its name. */
export const BOT_LABEL = `${DOMAIN}/bot`;
/** Which part of the bot an object belongs to. */
export const COMPONENT_LABEL = `${DOMAIN}/component`;
/** On a namespace whose bots may trade real money. */
export const LIVE_LABEL = `${DOMAIN}/live`;
export const LIVE_ALLOWED = 'allowed';
/** On a Secret with exchange keys: the bot that may use it. */
export const CREDENTIALS_LABEL = `${DOMAIN}/credentials-for`;

/** The UID of a deleted bot of this name whose volumes and credentials this bot shall take over. */
export const ADOPT_ANNOTATION = `${DOMAIN}/adopt-volumes-of`;

export const FINALIZER = `${DOMAIN}/finalizer`;
/** Hash of what was applied. */
export const APPLIED_ANNOTATION = `${DOMAIN}/applied`;
/** `paused`, or `paused until <RFC 3339 time>`: nothing of the bot is changed; a halt still goes out. */
export const RECONCILE_ANNOTATION = `${DOMAIN}/reconcile`;
/** Any text; another one than before takes the images and pod templates that the operator brings. */
export const RELEASE_ANNOTATION = `${DOMAIN}/release`;
/** The bot's name: remove the TradingBot although its exposure is unknown or open. */
export const FORCE_DELETE_ANNOTATION = `${DOMAIN}/force-delete`;

export const FIELD_MANAGER = 'claire-operator';
export const STATUS_MANAGER = 'claire-operator-status';
