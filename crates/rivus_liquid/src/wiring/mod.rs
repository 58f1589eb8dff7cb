//! Wirings: which neuron is connected to which.
