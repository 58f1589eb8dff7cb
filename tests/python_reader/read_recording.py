"""Reads a recording with the packages `mcap` and `mcap-ros2-support` and compares what they see
with what Rivus says is in it: every channel, every count, and one message of each channel, value
by value. Every message of every channel must decode.

Usage: read_recording.py indexed|streaming RECORDING.mcap EXPECTED.json
"""

import json
import sys
from collections import Counter

from mcap.exceptions import EndOfFile
from mcap.reader import make_reader
from mcap.records import Channel, Message, Schema
from mcap.stream_reader import StreamReader
from mcap_ros2.decoder import DecoderFactory

TIME = ["sec", "nanosec"]
HEADER = [f"header.stamp.{part}" for part in TIME] + ["header.frame_id"]

# The fields of ROS 2's own messages, as its packages define them.
ROS2_FIELDS = {
    "geometry_msgs/msg/PoseStamped": HEADER
    + [f"pose.position.{axis}" for axis in "xyz"]
    + [f"pose.orientation.{part}" for part in "xyzw"],
    "geometry_msgs/msg/Vector3Stamped": HEADER + [f"vector.{axis}" for axis in "xyz"],
    "rcl_interfaces/msg/Log": [f"stamp.{part}" for part in TIME]
    + ["level", "name", "msg", "file", "function", "line"],
}


def values(message, path=""):
    """All numbers and texts in a decoded message with their paths, in the order of the fields."""
    if hasattr(message, "__slots__"):
        for field in message.__slots__:
            yield from values(getattr(message, field), f"{path}.{field}" if path else field)
    elif isinstance(message, (list, tuple, bytes, bytearray)):
        for index, item in enumerate(message):
            yield from values(item, f"{path}[{index}]")
    else:
        yield path, message


def indexed(path):
    """Messages as viewers find them: by the index at the end, with the counts written there."""
    with open(path, "rb") as file:
        reader = make_reader(file, validate_crcs=True)
        summary = reader.get_summary()
        assert summary is not None and summary.statistics is not None, "no index"
        counts = {
            channel.topic: summary.statistics.channel_message_counts.get(channel.id, 0)
            for channel in summary.channels.values()
        }
        names = sorted(item.name for item in reader.iter_metadata())
        assert names == ["rivus"], f"metadata {names}"
        assert list(reader.iter_attachments()), "no scene is attached"
        messages = list(reader.iter_messages())
        counted = Counter(channel.topic for _, channel, _ in messages)
        assert counted == Counter(counts), f"the index says {counts}, counted {counted}"
        return messages


def streaming(path):
    """Messages of a file that was cut off, up to there."""
    messages, schemas, channels = [], {}, {}
    with open(path, "rb") as file:
        try:
            for record in StreamReader(file, validate_crcs=True).records:
                if isinstance(record, Schema):
                    schemas[record.id] = record
                elif isinstance(record, Channel):
                    channels[record.id] = record
                elif isinstance(record, Message):
                    channel = channels[record.channel_id]
                    messages.append((schemas[channel.schema_id], channel, record))
            raise AssertionError("the file was not cut off")
        except EndOfFile:
            return messages


def check(messages, expected):
    decoders, factory = {}, DecoderFactory()
    counts, seen = Counter(), set()
    for schema, channel, message in messages:
        topic = channel.topic
        assert topic in expected, f"{topic} is not expected"
        wanted = expected[topic]
        assert schema.encoding == "ros2msg" and channel.message_encoding == "cdr", topic
        assert schema.name == wanted["schema"], f"{topic}: {schema.name}"
        if channel.id not in decoders:
            decoders[channel.id] = factory.decoder_for(channel.message_encoding, schema)
        decoded = decoders[channel.id](message.data)
        if counts[topic] == wanted["place"]:
            found = [[path, value] for path, value in values(decoded)]
            assert message.log_time == wanted["time_ns"], f"{topic}: {message.log_time}"
            assert message.sequence == wanted["sequence"], f"{topic}: {message.sequence}"
            assert found == wanted["values"], f"{topic}: {found}, expected {wanted['values']}"
            fields = ROS2_FIELDS.get(schema.name)
            paths = [path for path, _ in found]
            assert fields is None or paths == fields, f"{schema.name} has {paths}"
            seen.add(topic)
        counts[topic] += 1
    for topic, wanted in expected.items():
        assert counts[topic] == wanted["count"], f"{topic}: {counts[topic]}, {wanted['count']}"
    assert seen == set(expected), f"no message was compared of {set(expected) - seen}"
    return counts


def main():
    mode, path, expected_path = sys.argv[1:]
    with open(expected_path, encoding="utf-8") as file:
        expected = json.load(file)
    messages = {"indexed": indexed, "streaming": streaming}[mode](path)
    counts = check(messages, expected)
    print(f"{mode}: {counts.total()} messages in {len(counts)} channels, all decoded;")
    for topic, count in counts.items():
        wanted = expected[topic]
        print(f"  {count:>6}  {topic}  {wanted['schema']}  {len(wanted['values'])} values equal")


if __name__ == "__main__":
    main()
