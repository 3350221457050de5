"""What communes write: titles and sentences for the bench's scratch database."""

from __future__ import annotations

import random

from models.catalog import Category
from models.geography import Commune

TITLES: dict[str, tuple[str, ...]] = {
    "signature-new": (
        "Xin cấp chữ ký số cho cán bộ mới nhận nhiệm vụ",
        "Cấp mới chứng thư số cho công chức tư pháp hộ tịch",
        "Đăng ký chữ ký số cho lãnh đạo mới được bổ nhiệm",
    ),
    "signature-change": (
        "Đổi thông tin trên chứng thư số sau khi sáp nhập xã",
        "Thiết bị chữ ký số cũ còn ghi tên đơn vị trước đây",
        "Thay USB token bị hỏng đầu cắm",
    ),
    "signature-unlock": (
        "Chữ ký số bị khóa do nhập sai mã PIN",
        "USB token báo khóa, không ký được hồ sơ",
        "Mở khóa chữ ký số của chủ tịch xã",
    ),
    "one-stop": (
        "Không tiếp nhận được hồ sơ trên hệ thống một cửa",
        "Hồ sơ đất đai bị treo ở bước chuyển xử lý",
        "Hệ thống giải quyết thủ tục báo lỗi khi in biên nhận",
    ),
    "portal-link": (
        "Hồ sơ nộp trên Cổng dịch vụ công quốc gia không về xã",
        "Trạng thái hồ sơ không đồng bộ lên Cổng quốc gia",
        "Thanh toán trực tuyến không ghi nhận vào hồ sơ",
    ),
    "population-data": (
        "Không tra cứu được dữ liệu dân cư khi làm khai sinh",
        "Kết nối cơ sở dữ liệu quốc gia về dân cư báo lỗi",
        "Số định danh của công dân trả về trống",
    ),
    "e-form": (
        "Biểu mẫu điện tử đăng ký kết hôn không lưu được",
        "Mẫu đơn xác nhận cư trú thiếu trường bắt buộc",
    ),
    "documents": (
        "Văn bản đến không hiển thị trên phần mềm điều hành",
        "Không phát hành được công văn đi",
        "Sổ văn bản nhảy sai số",
    ),
    "conference": (
        "Không có tiếng khi họp trực tuyến với tỉnh",
        "Màn hình phòng họp không nhận hình từ điểm cầu",
    ),
    "network": (
        "Mất mạng cả trung tâm hành chính công",
        "Mạng chập chờn, người dân chờ đông ở quầy",
        "Đường truyền số liệu chuyên dùng bị đứt",
    ),
    "hardware": (
        "Máy in ở bộ phận một cửa kẹt giấy liên tục",
        "Máy tính tiếp nhận hồ sơ không khởi động",
        "Máy quét không nhận khi quét hồ sơ",
    ),
    "security": (
        "Máy tính nghi nhiễm mã độc, tệp bị đổi đuôi",
        "Tài khoản thư công vụ bị đăng nhập lạ",
    ),
    "training": (
        "Hướng dẫn cán bộ mới dùng hệ thống một cửa",
        "Tập huấn ký số và nộp hồ sơ trực tuyến cho thôn",
    ),
    "other": (
        "Cần hỗ trợ cài lại phần mềm cho máy văn phòng",
        "Di chuyển máy chủ nhỏ sang phòng mới",
    ),
}

SENTENCES = (
    "Sự việc xảy ra từ đầu giờ sáng nay, đã khởi động lại máy nhưng không được.",
    "Người dân đang chờ ở quầy, mong tổ công tác hỗ trợ sớm.",
    "Màn hình hiện thông báo lỗi màu đỏ rồi tự thoát ra.",
    "Cán bộ phụ trách mới nhận việc nên chưa quen thao tác.",
    "Hôm trước vẫn dùng bình thường, sau khi cập nhật thì không vào được.",
    "Đã gọi nhà mạng, họ nói đường truyền vẫn tốt.",
    "Có ba máy cùng bị, các máy khác trong phòng vẫn chạy.",
    "Hồ sơ sắp đến hạn trả kết quả cho công dân.",
    "Đề nghị hướng dẫn từng bước, xã không có cán bộ công nghệ thông tin.",
    "Máy đặt ở tầng hai, phòng tiếp nhận và trả kết quả.",
)
WORK_DONE = (
    "Đã cài lại trình điều khiển và hướng dẫn cán bộ thao tác.",
    "Đã thay dây mạng và kiểm tra tốc độ, hoạt động ổn định.",
    "Đã mở khóa thiết bị, ký thử hai văn bản thành công.",
    "Đã đồng bộ lại hồ sơ, trạng thái hiển thị đúng.",
)


def words_of(category: Category, commune: Commune, dice: random.Random) -> tuple[str, str]:
    """A title and a description as a clerk would write them."""
    title = dice.choice(TITLES.get(category.code, (category.name_vi,)))
    sentences = dice.sample(SENTENCES, dice.randint(1, 3))
    place = f"Trung tâm phục vụ hành chính công {commune.full_name}."
    return title, " ".join([*sentences, place])
