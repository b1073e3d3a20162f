// Original file: livepods/faces/v1/faces.proto


export interface WorkerStats {
  'workers'?: (number);
  'alive'?: (number);
  'busy'?: (number);
  'waiting'?: (number);
  'queue'?: (number);
}

export interface WorkerStats__Output {
  'workers': (number);
  'alive': (number);
  'busy': (number);
  'waiting': (number);
  'queue': (number);
}
