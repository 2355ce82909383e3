"""A protection of one's own: weights that are no numbers, or huge, are set to zero when the model is loaded."""

import numpy as np

from onboard_models.protection.guards import WEIGHTS, guarded_regions, view
from onboard_models.protection.protection import Protection


class NoHugeWeights(Protection):
    name = "no-huge-weights"

    def guards(self, only):
        return (self,)

    def attached(self, image):
        self.regions = guarded_regions(image, WEIGHTS, None)
        return image, self

    def repair_(self, content):
        for region in self.regions:
            values = view(content, region)
            values[~(np.abs(values) < 10.0)] = 0
        return False
