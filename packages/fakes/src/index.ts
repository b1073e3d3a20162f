export { FakeCluster, type Fault as ClusterFault, type WorkloadOptions } from './fake-cluster.ts'
export { FakeRegistry, type FakeRegistryOptions } from './fake-registry.ts'
