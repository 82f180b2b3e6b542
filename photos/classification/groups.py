"""The categories that are shown: 24 groups of the thousand classes of ImageNet, numbered by its order of synsets.

A class in no group (tools, toys, household goods) is never claimed. Neither are people: ImageNet has no class for them.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

CLASS_COUNT = 1000

GROUPS = {
    "dogs": "151-268",
    "cats": "281-285",
    "birds": "7-24 80-100 127-146",
    "wild animals": "101-106 147-150 269-280 286-299 330-338 340-344 346-347 349-353 356-388",
    "farm animals": "339 345 348 354-355",
    "reptiles and amphibians": "25-50 52-68",
    "insects": "70-79 300-326 815",
    "sea life": "0-6 107-110 112-126 327-329 389-397 973",
    "plants": "580 738 984-998",
    "food and drink": "440-441 504-505 567 572 659 737 766 809 907 909 923-957 959-969",
    "mountains": "970 972 974 979-980",
    "coast and lakes": "437 460 525 718 975-978",
    "boats": "403 449 472 484 510 536 554 576 625 628 724 780 814 833 871 913-914",
    "road vehicles": (
        "407 436 444 468 475 479 511 555 569 573 575 581 586 603 609 612 627 654 656 661 665 670-671 675 690 717 734"
        " 751 757 779 785 803 817 847 864 866-867 870 874 880"
    ),
    "trains": "466 547 565 705 820 829",
    "aircraft": "404-405 417 701 812 895 908",
    "buildings": (
        "425 442 483 497-498 500 538 649 660 663 668 682 698 727 743 821 825 832 839 853 858 873 884 888 900"
    ),
    "streets": "517 557 562 571 640 703-704 706 716 733 877 919-920",
    "shops and restaurants": "415 424 454 467 509 582 762 788 860 865",
    "rooms": (
        "406 423 435 453 493 495 516 520 526 532 534 548 553 556 559 564 598 619 624 648 651 700 721 736 760 765 789"
        " 794 799 819 827 831 846 854 861 876 894 896-897 904-905 999"
    ),
    "electronics": (
        "480-482 485 487 508 527-528 530-531 590 592 605 613 620 622 632 650 662 664 673 681 707 713 732 742 745"
        " 754 759 761 782 810 848 851"
    ),
    "music": (
        "401-402 420 432 486 494 513 541-542 546 558 566 577 579 593-594 641-642 683-684 687 699 776 822 875 881 889"
    ),
    "sport": "416 422 429-430 522 543 560 574 602 702 722 746-747 752 768 795 801-802 805 852 890 981 983",
    "print": "446 549 611 916-918 921-922",
}


@cache
def membership_matrix() -> NDArray[np.float32]:
    """A matrix of 1,000 classes by 24 groups: 1 where the class belongs to the group."""
    table = np.zeros((CLASS_COUNT, len(GROUPS)), dtype=np.float32)
    for column, members in enumerate(GROUPS.values()):
        for part in members.split():
            first, _, last = part.partition("-")
            table[int(first) : int(last or first) + 1, column] = 1
    return table
