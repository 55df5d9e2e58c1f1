"""The portal of enterprises and institutes."""
