import type { Order } from '../../domain/orders/order.ts';
import type { OrderEvent } from '../../domain/orders/order-machine.ts';
import type { VenueOrder } from '../../ports/venue.ts';

/**
 * What the venue's word on an order means for ours; undefined when it says nothing that its fills do not say better
 * (FILLED is believed when the fills are booked).
 */
export function evidenceOf(
  report: VenueOrder,
  order: Order,
): Exclude<OrderEvent, { kind: 'fill' }> | undefined {
  const at = report.time;
  switch (report.status) {
    case 'WORKING':
    case 'PARTIALLY_FILLED':
      if (order.state === 'CANCEL_PENDING') return undefined;
      return { kind: 'accepted', at, venueOrderId: report.venueOrderId };
    case 'FILLED':
      return undefined;
    case 'CANCELED':
    case 'PARTIALLY_CANCELED':
      return {
        kind: 'cancelled',
        at,
        filledQuantity: report.filledQuantity,
        ...(report.reason === undefined ? {} : { reason: report.reason }),
      };
    case 'REJECTED':
      return { kind: 'rejected', at, reason: report.reason ?? 'REJECTED' };
  }
}
