export { Consumer, type ConsumerOptions, type ConsumerStatus } from './consumer.ts'
export { PublishError, Publisher, type PublisherOptions } from './publisher.ts'
export { lookupAddresses, producerHttpAddress } from './queue-env.ts'
export { RequeueError } from './requeue-error.ts'
