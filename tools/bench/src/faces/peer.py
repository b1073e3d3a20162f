"""Python's face_recognition as a peer of the face benchmark: JSON lines in, answers to file descriptor 3 (see subject.ts).

Usage: peer.py default|large|no-upsampling
"""

import json
import os
import sys
import time
from importlib.metadata import version

# Before anything that starts threads: one thread, as one worker of ours has.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

answers = os.fdopen(3, "w")


def say(answer):
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


try:
    import dlib
    import face_recognition
# face_recognition ends the process where its models or setuptools are missing.
except (Exception, SystemExit) as error:
    say({"refused": f"face_recognition cannot be imported ({error}): pip install face_recognition 'setuptools<81'."})
    sys.exit(0)

VARIANTS = {
    "default": (1, "small"),
    "large": (1, "large"),
    "no-upsampling": (0, "small"),
}
upsample, model = VARIANTS[sys.argv[1]]


def has_openblas():
    if not getattr(dlib, "DLIB_USE_BLAS", False):
        return False
    with open("/proc/self/maps") as maps:
        return "openblas" in maps.read()


def recognise(path):
    wall, cpu = time.perf_counter(), time.process_time()
    image = face_recognition.load_image_file(path)
    decoded_wall, decoded_cpu = time.perf_counter(), time.process_time()
    boxes = face_recognition.face_locations(image, number_of_times_to_upsample=upsample)
    descriptors = face_recognition.face_encodings(image, known_face_locations=boxes, model=model)
    areas = [(bottom - top) * (right - left) for top, right, bottom, left in boxes]
    height, width = image.shape[:2]
    fractions = [
        {"x": left / width, "y": top / height, "width": (right - left) / width, "height": (bottom - top) / height}
        for top, right, bottom, left in boxes
    ]
    faces = sorted(zip(areas, descriptors, fractions), key=lambda face: -face[0])
    times = {
        "decodeMs": (decoded_wall - wall) * 1000,
        "restMs": (time.perf_counter() - decoded_wall) * 1000,
        "decodeCpuMs": (decoded_cpu - cpu) * 1000,
        "restCpuMs": (time.process_time() - decoded_cpu) * 1000,
    }
    return [(descriptor.tolist(), box) for _, descriptor, box in faces], times


def time_one(path, for_ms):
    recognitions = []
    until = time.perf_counter() + for_ms / 1000
    while not recognitions or time.perf_counter() < until:
        recognitions.append(recognise(path))
    mean = {name: sum(times[name] for _, times in recognitions) / len(recognitions) for name in recognitions[0][1]}
    return {"faces": len(recognitions[0][0]), **mean}


def throughput(paths, for_ms):
    images, start = 0, time.perf_counter()
    while (time.perf_counter() - start) * 1000 < for_ms:
        recognise(paths[images % len(paths)])
        images += 1
    return {"images": images, "wallMs": (time.perf_counter() - start) * 1000}


def answer(request):
    if request["op"] == "time":
        return time_one(request["path"], request["forMs"])
    if request["op"] == "throughput":
        return throughput(request["paths"], request["forMs"])
    faces, times = recognise(request["path"])
    return {
        "descriptors": [descriptor for descriptor, _ in faces],
        "boxes": [box for _, box in faces],
        "restCpuMs": times["restCpuMs"],
    }


if not has_openblas():
    say({"refused": "dlib was built without OpenBLAS, which makes it 3 times slower than it is: install libopenblas-dev, then dlib again."})
    sys.exit(0)
say({"dlib": dlib.__version__, "faceRecognition": version("face_recognition"), "python": sys.version.split()[0]})
for line in sys.stdin:
    try:
        say(answer(json.loads(line)))
    except Exception as error:
        say({"error": repr(error)})
