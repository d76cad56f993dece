"""Development certificates: who each service is, and by whom that is vouched for."""

from shopflow.certificates.authority import Authority
from shopflow.certificates.directory import SERVICES, ensure_certificates, provide_certificates
from shopflow.certificates.pair import Pair, UnusableError

__all__ = ["SERVICES", "Authority", "Pair", "UnusableError", "ensure_certificates", "provide_certificates"]
