export { Broker } from './broker.ts'
export type { Faults } from './faults.ts'
export type { BrokerOptions } from './options.ts'
export type { ChannelStats, ClientStats, Stats, StatsFilter, TopicStats } from './stats.ts'
