/** All with the settings of an image-processor. */
export const PROCESSORS = ['image-processor', 'image-processor-2'] as const

export const TARGETS = {
  processes: ['receiver', ...PROCESSORS, 'face-recognition', 'nsq', 'database', 'frontend'],
  rollable: ['receiver', 'image-processor', 'face-recognition', 'frontend'],
  edges: [
    'clients→receiver',
    'receiver→database',
    'receiver→nsqd-http',
    'image-processor→database',
    'image-processor→nsqd',
    'image-processor→nsqd-http',
    'image-processor→nsqlookupd',
    'image-processor→face-recognition',
    'image-processor-2→database',
    'image-processor-2→face-recognition',
    'frontend→database',
  ],
  disks: ['database'],
} as const
