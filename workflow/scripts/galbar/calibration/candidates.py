"""The regressions that a calibration is chosen from: logarithms of lengths to that of one length.

Each takes the logarithms of f lengths (n, f), NaN where a setting could not measure a galaxy. A
missing one is replaced by the median of its setting, so that it says nothing of the galaxy.
"""

import numpy as np
from sklearn.cross_decomposition import PLSRegression
from sklearn.ensemble import ExtraTreesRegressor, VotingRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.impute import SimpleImputer
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

# Inner folds, in which a candidate finds its own parameters. Looks of one galaxy may be in several:
# a parameter or two of a regression hardly move by that, and what is reported is not taken there.
_FOLDS = 5
_TREES = 200


def _scaled(regression):
    return make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), regression)


def _tuned(regression, seed, **grid):
    folds = KFold(_FOLDS, shuffle=True, random_state=seed)
    return GridSearchCV(regression, grid, cv=folds, scoring="neg_mean_squared_error")


def make_trees(seed, settings):
    """Return extremely randomised trees."""
    del settings
    trees = ExtraTreesRegressor(_TREES, min_samples_leaf=2, max_features=0.3, random_state=seed)
    return make_pipeline(SimpleImputer(strategy="median"), trees)


def make_pls(seed, settings):
    """Return partial least squares of few components."""
    # There are no more components than settings.
    components = [number for number in (1, 2, 3, 4, 6) if number <= settings]
    grid = {"plsregression__n_components": components}
    return _tuned(_scaled(PLSRegression(scale=False)), seed, **grid)


def make_ridge(seed, settings):
    """Return ridge regression, its penalty by leaving out one galaxy at a time."""
    del seed, settings
    return _scaled(RidgeCV(alphas=np.logspace(0, 6, 25)))


def make_gaussian_process(seed, settings):
    """Return a Gaussian process of the distance between galaxies in all settings."""
    # Standardised lengths of f settings lie some sqrt(2 f) apart.
    scale = np.sqrt(2 * settings)
    kernel = ConstantKernel() * RBF(scale, (0.1 * scale, 30 * scale)) + WhiteKernel(
        0.3, (1e-3, 10.0)
    )
    return _scaled(GaussianProcessRegressor(kernel, normalize_y=True, random_state=seed))


def make_support_vectors(seed, settings):
    """Return support vector regression."""
    del settings
    grid = {"svr__C": [0.3, 1.0], "svr__epsilon": [0.05]}
    return _tuned(_scaled(SVR()), seed, **grid)


def make_mean(seed, settings):
    """Return the mean of trees, ridge regression and Gaussian process, which err differently."""
    members = {
        "trees": make_trees(seed, settings),
        "ridge": make_ridge(seed, settings),
        "gaussian_process": make_gaussian_process(seed, settings),
    }
    return VotingRegressor(list(members.items()))


CANDIDATES = {
    "ridge": make_ridge,
    "pls": make_pls,
    "trees": make_trees,
    "support_vectors": make_support_vectors,
    "gaussian_process": make_gaussian_process,
    "mean": make_mean,
}
"""Name -> function of a seed and of the number of settings. Equally good ones: the first."""
