export { Consumer, type ConsumerOptions, type ConsumerStatus } from './consumer.ts'
export { Publisher, type PublisherOptions, PublishFault } from './publisher.ts'
export { lookupAddresses, producerHttpAddress } from './queue-env.ts'
export { TryLater } from './try-later.ts'
