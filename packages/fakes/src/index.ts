export { FakeCluster, type Fault as ClusterFault, type WorkloadOptions } from './fake-cluster.ts'
export { type Attachment, FakeRegistry, type FakeRegistryOptions } from './fake-registry.ts'
