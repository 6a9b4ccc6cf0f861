"""Where the time of a gradient goes: one traced pass, summed by kind of operation."""

from collections import Counter

import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

__all__ = ["trace_operations"]


def trace_operations(network, images, threads=1):
    """Trace the gradient of a network with respect to its input.

    Parameters
    ----------
    network : keras.Model
    images : ndarray, shape (n, ny, nx, nc)
    threads : int

    Returns
    -------
    collections.Counter
        Kind of operation, as TensorFlow names its kernels -> time of all of that kind [s].
    """

    @tf.function(autograph=False)
    def gradient(batch):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(batch)
            output = network(batch, training=False)
        return tape.gradient(output, batch)

    traced = gradient.get_concrete_function(tf.TensorSpec(images.shape, tf.float32))
    frozen = convert_variables_to_constants_v2(traced)
    # Only a session of TensorFlow 1 tells the time of each operation without further packages.
    one = tf.compat.v1
    settings = one.ConfigProto(intra_op_parallelism_threads=threads, inter_op_parallelism_threads=1)
    record = one.RunMetadata()
    with tf.Graph().as_default():
        tf.import_graph_def(frozen.graph.as_graph_def(), name="")
        with one.Session(config=settings) as session:
            feed = {frozen.inputs[0].name: images}
            wanted = frozen.outputs[0].name
            session.run(wanted, feed)
            trace = one.RunOptions(trace_level=one.RunOptions.FULL_TRACE)
            session.run(wanted, feed, options=trace, run_metadata=record)
    times = Counter()
    for device in record.step_stats.dev_stats:
        for node in device.node_stats:
            # "name = Kind(inputs)"
            kind = node.timeline_label.partition(" = ")[2].partition("(")[0] or node.node_name
            times[kind] += (node.op_end_rel_micros - node.op_start_rel_micros) * 1e-6
    return times
