export { BoincProject, type BoincProjectOptions, type ReportedTask } from '@livepods/boinc-project'
export { type TestTokens, testTokens } from './access.ts'
export { type Answers, answersByRole } from './access-table.ts'
export { type Certificates, certificates, otherCertificates } from './certificates.ts'
export { costlyPng } from './costly-png.ts'
export { freshDatabase, type TestDatabase } from './database.ts'
export { eventually } from './eventually.ts'
export { type Fault, FaultyProxy } from './faulty-proxy.ts'
export { openApiFaults } from './openapi-faults.ts'
export { forgetPeakMemory, memoryLimit, peakMemory } from './peak-memory.ts'
export { proxyHeader2 } from './proxy-header.ts'
export { type RawAnswer, rawRequest } from './raw-request.ts'
export { S3_TEST_SERVER, S3Server } from './s3-server.ts'
export { type SpawnedService, spawnService } from './spawn-service.ts'
export { type StubOutcome, stubAnswer, stubOutcome, stubPeople } from './stub-answer.ts'
export { TcpProxy } from './tcp-proxy.ts'

/** Main of a face-recognition service without faces: `System.start({ mains: { 'face-recognition': STUB_RECOGNISER } })`. */
export const STUB_RECOGNISER = new URL('./stub-recogniser.ts', import.meta.url)
