import { STRIP_HEIGHT, stripCells } from '@livepods/time-strip'

export interface Picture {
  /** In pixels, even. */
  width: number
  height: number
  framesPerSecond: number
}

/** Milliseconds of the Unix time of a frame, in ffmpeg's expressions; whole, since `setClock` counts in milliseconds. */
const MILLISECONDS = 'floor(t*1000+0.5)'

/**
 * Gives each frame the time of the machine's clock at which it leaves. The clock (RTCTIME) is read when the first frame is there, so that
 * the start of ffmpeg and the way to its target, which may take a second, are no part of any time that is shown. `realtime` then holds
 * each frame until its time: as `-re` does, which newer versions of ffmpeg begin half a second early. Its limit is the longest pause after
 * which frames are sent faster until they are on time again.
 */
const setClock = ['settb=1/1000', "setpts='PTS+if(N,ld(0),st(0,RTCTIME))/1000'", 'realtime=limit=300']

/**
 * The picture: SMPTE RP 219 colour bars with the time for people and, as a strip, for programs. A graph of ffmpeg's filters without input.
 * @param startedAt Unix time in milliseconds; timestamps of the stream count from there.
 */
export function pictureFilter(picture: Picture, startedAt: number): string {
  const { width, height, framesPerSecond } = picture
  // Newer versions would take the bars for BT.601 and convert them.
  const bt709 = 'setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709'
  const bars = `smptehdbars=size=${width}x${height}:rate=${framesPerSecond},${bt709}`
  const times = [clock(picture), 'format=yuv420p', ...strip(picture)]
  return [bars, ...setClock, ...times, `setpts=PTS-${startedAt}`].join(',')
}

/** "2026-11-30 11:01:56.718 UTC". Fontconfig finds the font: Debian's ffmpeg brings DejaVu. */
function clock({ height }: Picture): string {
  const seconds = '%{pts\\:gmtime\\:0\\:%Y-%m-%d %H\\\\\\:%M\\\\\\:%S}'
  const milliseconds = `%{eif\\:mod(${MILLISECONDS}\\,1000)\\:d\\:3}`
  const size = Math.round(height / 14)
  const box = `box=1:boxcolor=black:boxborderw=${Math.round(height / 60)}`
  return `drawtext=font=monospace:text='${seconds}.${milliseconds} UTC':fontsize=${size}:fontcolor=white:${box}:x=(w-tw)/2:y=h/3`
}

/** As `@livepods/time-strip` reads it. */
function strip({ width, height }: Picture): string[] {
  const stripHeight = Math.round(height * STRIP_HEIGHT)
  const cell = (x: number, cellWidth: number, color: string) =>
    `drawbox=x=${x}:y=0:w=${cellWidth}:h=${stripHeight}:color=${color}:t=fill`
  return [
    cell(0, width, 'black'),
    ...stripCells(width).map(({ x, width: cellWidth, bit }) => {
      const enable = bit === undefined ? '' : `:enable='mod(floor(${MILLISECONDS}/${2 ** bit})\\,2)'`
      return cell(x, cellWidth, 'white') + enable
    }),
  ]
}
