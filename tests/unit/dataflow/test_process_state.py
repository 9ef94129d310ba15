from __future__ import annotations

import pytest

from jupyter_dataops.dataflow.names import names_of


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.environ['A'] = '1'",
        "from os import environ\nenviron.update(A='1')",
        "import os\nos.chdir('data')",
        "import random\nrandom.seed(1)",
        "import numpy\nnumpy.random.seed(1)",
        "import matplotlib.pyplot as plt\nplt.rcParams['figure.dpi'] = 90",
        "import matplotlib as mpl\nmpl.use('agg')",
        "import pandas as pd\npd.options.display.width = 9",
        "import pandas as pd\npd.set_option('display.width', 9)",
        "import sys\nsys.path.append('lib')",
        "from warnings import filterwarnings\nfilterwarnings('ignore')",
        "import requests\nrequests.get = None",
        "%matplotlib inline",
        "%env A=1",
        "%cd data",
        "from __future__ import annotations",
    ],
)
def test_changing_the_process_is_found(source):
    assert [problem.code for problem in names_of(source).problems] == ["DO009"]


@pytest.mark.parametrize(
    "source",
    [
        "import os\nprint(os.environ['A'], os.environ.get('B'))",
        "import warnings\nwith warnings.catch_warnings():\n    warnings.simplefilter('ignore')",
        "import numpy as np\nrng = np.random.default_rng(1)",
        "os = make()\nos.chdir('x')",
        "import sys\nsys.path",
    ],
)
def test_reading_it_or_putting_it_back_is_fine(source):
    assert names_of(source).problems == ()
